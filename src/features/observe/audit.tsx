import type { AuditFigures, BehindQuery } from '../../../workers/protocol';
import { useText } from '../../i18n/use-text';
import { FigureButton } from '../../ui/figure-button';

/**
 * What the audit found, as counts that open their images.
 * @param onOpen shows the images of a list.
 */
export function AuditBlock({ audit, onOpen }: { audit: AuditFigures; onOpen(query: BehindQuery): void }) {
  const { t, count, share } = useText();
  const lists = [['duplicates', audit.nearDuplicates], ['mislabelled', audit.mislabelled], ['outliers', audit.outliers]] as const;
  return (
    <section className="block stack">
      <h2>{t('compare.audit.title')}</h2>
      <p className="quiet">{t('compare.audit.text', { looked: count(audit.looked) })}</p>
      <dl className="facts">
        {lists.map(([kind, found]) => (
          <div key={kind}>
            <dt>{t(`compare.audit.${kind}`)}</dt>
            <dd>
              <FigureButton strong label={t('compare.audit.open', { what: t(`compare.audit.${kind}`), value: count(found) })} onOpen={found === 0 ? null : () => onOpen({ kind })}>{count(found)}</FigureButton>
            </dd>
          </div>
        ))}
        <div><dt>{t('compare.audit.exact')}</dt><dd>{count(audit.exactDuplicates)}</dd></div>
      </dl>
      <p className="note">{t('compare.audit.note', { margin: share(audit.margin), level: share(audit.outlierLevel) })}</p>
    </section>
  );
}
