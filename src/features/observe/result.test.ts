import i18next from 'i18next';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { initReactI18next } from 'react-i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import { RESULT } from '../../../workers/formats/facts.testing';
import type { RunResult } from '../../../workers/protocol';
import { en } from '../../i18n/en';
import { ja } from '../../i18n/ja';
import { ResultTable } from './result';

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', nsSeparator: false, resources: { en: { translation: en }, ja: { translation: ja } }, interpolation: { escapeValue: false } });
});

async function shown(result: RunResult, language: 'en' | 'ja'): Promise<{ rows: string[][]; text: string }> {
  await i18next.changeLanguage(language);
  const markup = renderToStaticMarkup(createElement(ResultTable, { result, onOpen: () => undefined }));
  const plain = (html: string) => html.replace(/<[^>]+>/g, '').replace(/&#x27;/g, '\'');
  const body = /<tbody>(.*)<\/tbody>/s.exec(markup)?.[1] ?? '';
  return {
    rows: [...body.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) => [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => plain(cell))),
    text: plain(markup),
  };
}

describe('the result', () => {
  it('shows recall and copies of every arm right below FD, with one sentence on what FD rewards', async () => {
    const { rows, text } = await shown(RESULT, 'en');
    expect(rows.slice(0, 4)).toEqual([
      ['FD(domain) after training', '3.25', '4.50', '2.13', '0.750'],
      ['Recall (higher is better)', '63%', '60%', '85%', ''],
      ['Samples that copy a training image', '11% (9% to 13%)', '12% (10% to 14%)', '0.2% (0% to 0.5%)', ''],
      ['Distance to training ÷ to hold-out', '0.550', '0.500', '0.980', ''],
    ]);
    expect(text).toContain('11% of the samples from this selection repeat a training image and they reach 63% of the hold-out; with full data it is 0.2% and 85%.');
    expect(text).toContain('6 training images of this selection and 100 of the full data were searched');
    expect(text).not.toContain(en.observe.result.copying);
  });

  it('makes a button of every number that has images behind it', async () => {
    await i18next.changeLanguage('en');
    const markup = renderToStaticMarkup(createElement(ResultTable, { result: RESULT, onOpen: () => undefined }));
    const names = [...markup.matchAll(/<button[^>]*aria-label="([^"]*)"/g)].map(([, name]) => name);
    expect(names).toContain('FD(domain) after training, Full data: 2.13. Show the images');
    expect(names).toContain('Raw FD of the images, This selection: 1.50. Show the images');
    // Neither the floor nor random draws that are not stored.
    expect(names.some((name) => name.includes(': 0.750.') || name.startsWith('Raw FD of the images, Random'))).toBe(false);
  });

  it('says the same in Japanese', async () => {
    const { rows, text } = await shown(RESULT, 'ja');
    expect(rows[1].slice(1)).toEqual(['63%', '60%', '85%', '']);
    expect(text).toContain('生成画像のうち 11% が学習画像の丸写しで、検証画像の 63% をカバーしています。全データではそれぞれ 0.2% と 85% です。');
    expect(text).not.toContain('{{');
  });

  it('still shows a run stored before recall and copies were measured, with the warning in words', async () => {
    const { fdDomain, fdRaw, kid, encoderAccuracy, rankAgreement, judgeIsDisjoint, curves } = RESULT.metrics;
    const { rows, text } = await shown({ ...RESULT, metrics: { fdDomain, fdRaw, kid, encoderAccuracy, rankAgreement, judgeIsDisjoint, curves } }, 'en');
    expect(rows.map(([name]) => name)).toEqual(['FD(domain) after training', 'KID after training', 'Raw FD of the images', 'Encoder accuracy', 'Rank agreement']);
    expect(text).toContain(en.observe.result.copying);
  });
});
