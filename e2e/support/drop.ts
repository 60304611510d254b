import type { Page } from '@playwright/test';

/**
 * Drops real paths on the page as a person would from the file manager: the browser itself makes the DataTransfer, with
 * folders, handles and all. Scripted drag events cannot do that.
 *
 * @param paths absolute paths of folders or files
 */
export async function dropPaths(page: Page, paths: string[], at?: { x: number; y: number }): Promise<void> {
  const size = page.viewportSize() ?? { width: 800, height: 600 };
  const { x, y } = at ?? { x: size.width / 2, y: size.height / 2 };
  const session = await page.context().newCDPSession(page);
  const COPY = 1;
  const data = { items: [], files: paths, dragOperationsMask: COPY };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x, y, data });
  }
  await session.detach();
}

/** Drops one folder; see `dropPaths`. */
export function dropFolder(page: Page, folder: string): Promise<void> {
  return dropPaths(page, [folder]);
}
