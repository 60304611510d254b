import { chromium, type Browser, type Page } from 'playwright-core';
import { browserFlags, ensureBrowser } from '../../scripts/lib/browser.mjs';
import type { Decoder, Picture } from '../../workers/intake/picture';

/** Decodes in a blank page of the browser the studio runs in, so that benches in Node see the same pixels. */
export class PageDecoder {
  private constructor(private readonly browser: Browser, private readonly page: Page) {}

  static async open(): Promise<PageDecoder> {
    const browser = await chromium.launch({ executablePath: await ensureBrowser(), headless: false, args: browserFlags({ softwareGpu: false }) });
    return new PageDecoder(browser, await browser.newPage());
  }

  /** What the intake asks for; `background` is laid under transparent pixels. */
  decoder(background: string): Decoder {
    return { decode: async (bytes, type) => this.decode(bytes, type, background) };
  }

  private async decode(bytes: Uint8Array, type: string, background: string): Promise<Picture> {
    const encoded = Buffer.from(bytes).toString('base64');
    const { width, height, rgba } = await this.page.evaluate(async ([data, mime, colour]) => {
      const blob = new Blob([Uint8Array.from(atob(data), (char) => char.charCodeAt(0))], { type: mime });
      const bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image', colorSpaceConversion: 'none' });
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext('2d', { willReadFrequently: true });
      if (context === null) throw new Error('no canvas');
      context.fillStyle = colour;
      context.fillRect(0, 0, bitmap.width, bitmap.height);
      context.drawImage(bitmap, 0, 0);
      const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
      let text = '';
      for (let at = 0; at < pixels.length; at += 4096) text += String.fromCharCode(...pixels.subarray(at, at + 4096));
      return { width: bitmap.width, height: bitmap.height, rgba: btoa(text) };
    }, [encoded, `image/${type}`, background]);
    const pixels = new Uint8ClampedArray(Buffer.from(rgba, 'base64'));
    return { width, height, strip: (y, rows) => pixels.subarray(y * width * 4, (y + rows) * width * 4), close: () => undefined };
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}
