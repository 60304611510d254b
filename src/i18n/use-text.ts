import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { fillFirst } from './fill';
import { formatBytes, formatCount, formatDuration, formatMeasure, formatMoment, formatPoints, formatShare, formatTick } from './format';

interface Told {
  code: string;
  sentence: string;
  params: Record<string, string | number>;
}

/** The translator with the formats of its language bound, so that components never pass a language around. */
export function useText() {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  return useMemo(() => {
    const found = (key: string, namespace: 'failures' | 'options'): unknown => i18n.getResource(language, namespace, key);
    /** A worker's sentence in the person's language: by code and params where we have it, else as the worker wrote it. */
    const tell = ({ code, params, sentence }: Told): string => fillFirst(found(code, 'failures'), params, language) ?? sentence;
    /** The name or help of a stage option, which workers describe in English. */
    const option = (stage: string, name: string, part: 'label' | 'help', fallback: string): string => {
      const text = found(`${stage}.${name}.${part}`, 'options') ?? found(`${name}.${part}`, 'options');
      return typeof text === 'string' ? text : fallback;
    };
    return {
      t,
      language,
      tell,
      /** Sentences one after the other, with the space that the language puts between them. */
      join: (...sentences: string[]) => sentences.filter(Boolean).join(language === 'ja' ? '' : ' '),
      option,
      list: (items: string[]) => items.join(language === 'ja' ? '、' : ', '),
      count: (value: number) => formatCount(value, language),
      measure: (value: number | null | undefined) => formatMeasure(value, language),
      tick: (value: number) => formatTick(value, language),
      share: (value: number) => formatShare(value, language),
      points: (value: number, signed = false) => formatPoints(value, language, signed),
      bytes: (value: number) => formatBytes(value, language),
      duration: (seconds: number) => formatDuration(seconds, language),
      moment: (time: number) => formatMoment(time, language),
    };
  }, [t, i18n, language]);
}
