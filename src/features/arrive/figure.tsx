import { useText } from '../../i18n/use-text';
import { difficultyDots, figureSize } from './dots';

const PITCH = 10;
const dots = difficultyDots(13);
const kept = dots.filter((dot) => dot.kept).length;

/** What the studio does, as one drawing. */
export function Figure() {
  const { t, count } = useText();
  const width = figureSize.columns * PITCH;
  const height = figureSize.rows * PITCH;
  return (
    <figure className="arrive-figure">
      <svg viewBox={`0 0 ${width} ${height + 8}`} role="img" aria-label={t('arrive.figure')}>
        {dots.map(({ column, row, kept: marked }) => (
          <circle
            key={`${column} ${row}`} className={marked ? 'kept' : undefined} cx={column * PITCH + PITCH / 2} cy={height - row * PITCH - PITCH / 2} r={marked ? 4.1 : 2.7}
            style={{ animationDelay: `${column * 9}ms` }}
          />
        ))}
        <line x1="0" x2={width} y1={height + 5} y2={height + 5} />
      </svg>
      <figcaption className="faint">
        <span>{t('arrive.easy')}</span>
        <strong>{t('arrive.figureKey', { total: count(dots.length), kept: count(kept) })}</strong>
        <span>{t('arrive.hard')}</span>
      </figcaption>
    </figure>
  );
}
