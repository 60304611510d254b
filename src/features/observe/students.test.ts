import i18next from 'i18next';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { initReactI18next } from 'react-i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import { RESULT } from '../../../workers/formats/facts.testing';
import type { StudentFigures } from '../../../workers/protocol';
import { en } from '../../i18n/en';
import { ja } from '../../i18n/ja';
import { StudentsTable } from './students';

const students = RESULT.metrics.students!;

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', nsSeparator: false, resources: { en: { translation: en }, ja: { translation: ja } }, interpolation: { escapeValue: false } });
});

async function shown(figures: StudentFigures, language: 'en' | 'ja'): Promise<string> {
  await i18next.changeLanguage(language);
  return renderToStaticMarkup(createElement(StudentsTable, { students: figures, onOpen: () => undefined })).replace(/<\/t[hd]>/g, '|').replace(/<[^>]+>/g, '');
}

describe('the accuracy of students', () => {
  it('stands beside random, packed and full data under the same labels', async () => {
    const text = await shown(students, 'en');
    expect(text).toContain('Class labels|40.0 ± 1.0% (n = 3)|37.5 ± 1.0% (n = 3)|45.0 ± 1.0% (n = 3)|62.5 ± 1.0% (n = 3)|21.3|');
    expect(text).toContain('+2.5 ± 1.3 points with class labels, 0.0 ± 2.0 points with soft labels');
    expect(text).toContain('Random at half the side, 24 images');
    expect(text).toContain('gets 75.0%');
    expect(text).not.toContain('{{');
  });

  it('claims no spread of a single student', async () => {
    const one = (mean: number) => ({ mean, sd: 0, n: 1 });
    const arm = { hard: one(0.4), soft: one(0.5), images: 6 };
    const text = await shown({ ...students, method: arm, random: arm, full: arm, gain: { hard: one(0.03), soft: one(-0.01) } }, 'en');
    expect(text).toContain('40.0% (one student)');
    expect(text).toContain('+3.0 points (one student) with class labels, -1.0 points (one student)');
  });

  it('leaves out packed images where there were none, in Japanese too', async () => {
    const { packed: _packed, ...rest } = students;
    const text = await shown(rest, 'ja');
    expect(text).toContain('教師モデルのソフトラベル|50.0 ± 2.0%（n = 3）|50.0 ± 1.0%（n = 3）|65.0 ± 1.0%（n = 3）|20.5|');
    expect(text).not.toContain('半分');
  });
});
