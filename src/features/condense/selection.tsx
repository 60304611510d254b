import { useSlice } from '../../app/context';
import { hashOf } from '../../app/shell-store';
import { useText } from '../../i18n/use-text';
import { Gauge } from './gauge';
import { HistogramFigure } from './histogram-figure';
import { PickStrips } from './pick-strips';

/** What stays under the present settings: the images, where they sit in the ranking, and how near they come to the data. */
export function Selection() {
  const { t, tell, count, measure } = useText();
  const { view, scores, loading, selecting, failure } = useSlice('explore', (state) => state);
  return (
    <>
      <div className="spread">
        <div className="stack-s">
          <h1>{t('condense.explore.title')}</h1>
          <p className="quiet">{t('condense.explore.lead')}</p>
        </div>
        {view && <a className="button" href={hashOf('export')}>{t('condense.explore.exportThis')}</a>}
      </div>
      {loading && <p role="status" className="quiet">{t('condense.explore.loading')}</p>}
      {failure && <p className="note bad" role="alert">{tell(failure)}</p>}
      {view && scores && (
        <>
          <p className="faint" role="status" aria-busy={selecting}>
            {t('condense.explore.updated', { images: count(view.picked.length), total: count(scores.indices.length), ms: measure(view.milliseconds) })}
          </p>
          <div className="selection-figures">
            <HistogramFigure />
            <Gauge view={view} />
          </div>
          <PickStrips />
        </>
      )}
    </>
  );
}
