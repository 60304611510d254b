import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { formatBytes, formatCount, formatDuration, formatMeasure, formatMoment, formatShare } from './format';

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
    /** A worker's sentence in the person's language: by code and params where we have it, else as the worker wrote it. */
    const tell = (failure: Told): string => {
      if (!failure.code || !i18n.exists(failure.code, { ns: 'failures', lng: language, fallbackLng: language })) return failure.sentence;
      return i18n.getFixedT(language, 'failures')(failure.code, failure.params);
    };
    /** The name or help of a stage option, which workers describe in English. */
    const option = (key: string, fallback: string): string =>
      i18n.exists(key, { ns: 'options', lng: language, fallbackLng: language })
        ? i18n.getFixedT(language, 'options')(key)
        : fallback;
    return {
      t,
      language,
      tell,
      option,
      count: (value: number) => formatCount(value, language),
      measure: (value: number | null | undefined) => formatMeasure(value, language),
      share: (value: number) => formatShare(value, language),
      bytes: (value: number) => formatBytes(value, language),
      duration: (seconds: number) => formatDuration(seconds, language),
      moment: (time: number) => formatMoment(time, language),
    };
  }, [t, i18n, language]);
}
