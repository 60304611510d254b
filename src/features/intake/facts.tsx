import type { DataSetSummary } from '../../../workers/protocol';
import { useText } from '../../i18n/use-text';
import { ScrollRegion } from '../../ui/scroll-region';

/** What was read, in figures, and the warnings as sentences. */
export function Facts({ dataset }: { dataset: DataSetSummary }) {
  const { t, tell, count, bytes, measure, join } = useText();
  const facts: [string, string, string?][] = [
    [t('intake.facts.images'), count(dataset.count)],
    [t('intake.facts.classes'), count(dataset.classes.length)],
    [t('intake.facts.refused'), count(dataset.refused)],
    [t('intake.facts.duplicates'), count(dataset.duplicates)],
    [t('intake.facts.near'), count(dataset.nearDuplicates)],
    [t('intake.facts.source'), bytes(dataset.sourceBytes)],
    [t('intake.facts.resolution'), `${dataset.size} × ${dataset.size} × ${dataset.channels}`],
    [t('intake.facts.secondMoment'), measure(dataset.secondMoment), t('intake.secondMomentNote')],
    [t('intake.facts.dimension'), measure(dataset.effectiveDimension), t('intake.dimensionNote')],
  ];
  return (
    <section className="block stack">
      <h2>{t('intake.facts.title')}</h2>
      <dl className="facts">
        {facts.map(([name, value, note]) => (
          <div key={name}><dt>{name}</dt><dd>{value}</dd>{note && <dd className="facts-note">{note}</dd>}</div>
        ))}
      </dl>
      <p className="quiet">{join(t(`intake.labelsFrom.${dataset.labels}`), t(`intake.splitsFrom.${dataset.splits}`))}</p>
      {dataset.warnings.length > 0 && (
        <div className="stack-s">
          <h3>{t('intake.warnings')}</h3>
          {dataset.warnings.map((warning) => <p className="note warn" key={warning.code + warning.sentence}>{tell(warning)}</p>)}
        </div>
      )}
    </section>
  );
}

function Bar({ share, held }: { share: number; held: number }) {
  return <div className="bar" aria-hidden="true"><i style={{ width: `${100 * share}%` }} /><i className="held" style={{ width: `${100 * held}%` }} /></div>;
}

/** Training images per class as bars that are also a table. */
export function ClassBalance({ dataset }: { dataset: DataSetSummary }) {
  const { t, count } = useText();
  const trains = dataset.classes.map(({ train }) => train);
  const largest = Math.max(...dataset.classes.map(({ train, test }) => train + test), 1);
  return (
    <section className="stack-s">
      <h2>{t('intake.balance')}</h2>
      <p className="quiet">{t('intake.balanceNote', { largest: count(Math.max(...trains)), smallest: count(Math.min(...trains)) })}</p>
      <ScrollRegion className="balance" label={t('intake.balance')}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('intake.className')}</th><td /><th scope="col" className="number">{t('intake.training')}</th>
              <th scope="col" className="number">{t('intake.heldOut')}</th>
            </tr>
          </thead>
          <tbody>
            {dataset.classes.map(({ name, train, test }) => (
              <tr key={name}>
                <th scope="row"><span className="class-name clip">{name}</span></th>
                <td className="bar-cell"><Bar share={train / largest} held={test / largest} /></td>
                <td className="number">{count(train)}</td><td className="number">{count(test)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </section>
  );
}

export function SourceSizes({ dataset }: { dataset: DataSetSummary }) {
  const { t, count } = useText();
  const most = Math.max(...dataset.sourceSizes.map((size) => size.count), 1);
  return (
    <section className="stack-s">
      <h2>{t('intake.sizes')}</h2>
      <p className="quiet">{t('intake.sizesNote')}</p>
      <table className="table">
        <thead><tr><th scope="col">px</th><td /><th scope="col" className="number">{t('intake.images')}</th></tr></thead>
        <tbody>
          {dataset.sourceSizes.map((size) => (
            <tr key={`${size.width} ${size.height}`}>
              <th scope="row">{t('intake.sizeRow', { width: size.width, height: size.height })}</th>
              <td className="bar-cell"><Bar share={size.count / most} held={0} /></td>
              <td className="number">{count(size.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
