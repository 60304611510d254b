import type { SheetItem, SheetSection } from '../../ui/contact-sheet';

export interface GroupedItem extends SheetItem {
  /** Place of its group among the titles. */
  group: number;
}

/** What one page of a long list shows, a section for each group that it touches. */
export function pageOf(items: readonly GroupedItem[], titles: readonly string[], page: number, size: number): SheetSection[] {
  const sections: { group: number; title: string; items: GroupedItem[] }[] = [];
  for (const item of items.slice(page * size, (page + 1) * size)) {
    const last = sections[sections.length - 1];
    if (last?.group === item.group) last.items.push(item);
    else sections.push({ group: item.group, title: titles[item.group], items: [item] });
  }
  return sections;
}

/** Both lists with what they share in front, in the same places; where they are not of one data set (`together`), they share nothing. */
export function overlapOf(a: readonly number[], b: readonly number[], together: boolean): { a: number[]; b: number[]; shared: number } {
  const inB = new Set(together ? b : []);
  const shared = a.filter((row) => inB.has(row));
  const both = new Set(shared);
  return { a: [...shared, ...a.filter((row) => !both.has(row))], b: [...shared, ...b.filter((row) => !both.has(row))], shared: shared.length };
}
