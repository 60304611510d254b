import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';
import type { jaFailures, jaOptions } from './ja';

export const languages = ['en', 'ja'] as const;
export type Language = (typeof languages)[number];

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en; failures: typeof jaFailures; options: typeof jaOptions };
  }
}

/** The language the person chose before, else the browser's, else English. */
export function preferredLanguage(stored: string | null, wanted: readonly string[]): Language {
  const match = [stored ?? '', ...wanted].map((tag) => tag.slice(0, 2)).find((tag) => languages.some((known) => known === tag));
  return match === 'ja' ? 'ja' : 'en';
}

/** Loads the catalogue of `language` when it is not there yet, then switches to it. English is always loaded: it is the fallback. */
export async function loadLanguage(language: Language): Promise<void> {
  if (!i18next.isInitialized) {
    await i18next.use(initReactI18next).init({
      lng: 'en',
      fallbackLng: 'en',
      // Stage ids hold colons.
      nsSeparator: false,
      resources: { en: { translation: en } },
      interpolation: { escapeValue: false },
    });
  }
  if (language === 'ja' && !i18next.hasResourceBundle('ja', 'translation')) {
    const { ja, jaFailures, jaOptions } = await import('./ja');
    i18next.addResourceBundle('ja', 'translation', ja);
    i18next.addResourceBundle('ja', 'failures', jaFailures);
    i18next.addResourceBundle('ja', 'options', jaOptions);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
