import { useText } from '../i18n/use-text';
import { hashOf } from './shell-store';

/** What a panel shows before any folder was read, with the way to the start. */
export function NoData() {
  const { t } = useText();
  return (
    <div className="empty">
      <h1>{t('app.noData.title')}</h1>
      <p>{t('app.noData.text')}</p>
      <a className="button primary" href={hashOf('start')}>{t('app.noData.action')}</a>
    </div>
  );
}
