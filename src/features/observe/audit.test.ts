import i18next from 'i18next';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { initReactI18next } from 'react-i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditFigures } from '../../../workers/protocol';
import { en } from '../../i18n/en';
import { ja } from '../../i18n/ja';
import { AuditBlock } from './audit';

const audit: AuditFigures = { looked: 1200, exactDuplicates: 4, nearDuplicates: 0, mislabelled: 15, outliers: 1, margin: 0.4, outlierLevel: 0.02 };

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', nsSeparator: false, resources: { en: { translation: en }, ja: { translation: ja } }, interpolation: { escapeValue: false } });
});

describe('what the audit found', () => {
  it('opens its images, unless a list is empty', async () => {
    await i18next.changeLanguage('en');
    const markup = renderToStaticMarkup(createElement(AuditBlock, { audit, onOpen: () => undefined }));
    expect([...markup.matchAll(/<button[^>]*aria-label="([^"]*)"/g)].map(([, name]) => name)).toEqual(['Possibly mislabelled: 15. Show the images', 'Outliers: 1. Show the images']);
    expect(markup).toContain('1,200 images looked at');
    expect(markup).toContain('by 40%');
  });

  it('says the same in Japanese', async () => {
    await i18next.changeLanguage('ja');
    const markup = renderToStaticMarkup(createElement(AuditBlock, { audit, onOpen: () => undefined }));
    expect(markup).toContain('aria-label="ラベル間違いの疑い：15。画像を見る"');
    expect(markup).not.toContain('{{');
  });
});
