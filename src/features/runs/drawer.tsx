import { useSlice } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { Dialog } from '../../ui/dialog';
import { RunLine } from './run-line';

/** All stored runs. */
export default function RunsDrawer({ onClose }: { onClose(): void }) {
  const { t } = useText();
  const runs = useSlice('library', (state) => state.runs);
  return (
    <Dialog title={t('runs.title')} shape="sheet" onClose={onClose}>
      {runs.length === 0 ? <p className="quiet">{t('runs.none')}</p> : <ul>{runs.map((run) => <li key={run.id}><RunLine run={run} onDone={onClose} /></li>)}</ul>}
    </Dialog>
  );
}
