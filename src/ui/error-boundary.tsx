import { Component, type ReactNode } from 'react';
import { useText } from '../i18n/use-text';

function Broken({ detail }: { detail: string }) {
  const { t } = useText();
  return (
    <div className="empty" role="alert">
      <h1>{t('app.wentWrong')}</h1>
      <p>{t('app.wentWrongNext')}</p>
      <p className="faint mono">{detail}</p>
      <button type="button" className="button primary" onClick={() => location.reload()}>{t('app.reload')}</button>
    </div>
  );
}

/** Keeps a fault of one panel from blanking the page; the workers do not notice. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { detail: string | null }> {
  override state = { detail: null };

  static getDerivedStateFromError(error: unknown): { detail: string } {
    return { detail: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    return this.state.detail === null ? this.props.children : <Broken detail={this.state.detail} />;
  }
}
