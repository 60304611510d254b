import { parseColour, type Decoder, type Picture } from './picture';

/** Side of the drawing surface kept between pictures; larger strips get their own. */
const SURFACE = 1024;

interface Surface {
  canvas: OffscreenCanvas;
  context: OffscreenCanvasRenderingContext2D;
}

function surface(width: number, height: number): Surface {
  const canvas = new OffscreenCanvas(width, height);
  // Pixels are read back every time: a surface in main memory avoids a round trip through the GPU.
  const context = canvas.getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' });
  if (!context) throw new TypeError('This browser gives workers no 2D canvas.');
  context.imageSmoothingEnabled = false;
  return { canvas, context };
}

/**
 * Decodes with the browser. EXIF orientation is applied. Embedded colour profiles are not: stored values stay as they are, as PIL
 * leaves them, so that grey stays grey and a set looks the same to Python. Drawing is 1:1, the reduction is our own.
 */
export function browserDecoder(background: string): Decoder {
  const [r, g, b] = parseColour(background);
  const fill = `rgb(${r} ${g} ${b})`;
  const shared = surface(SURFACE, SURFACE);

  const picture = (bitmap: ImageBitmap): Picture => {
    const { width, height } = bitmap;
    return {
      width,
      height,
      strip(y, rows) {
        const { context } = width <= SURFACE && rows <= SURFACE ? shared : surface(width, rows);
        context.fillStyle = fill;
        context.fillRect(0, 0, width, rows);
        context.drawImage(bitmap, 0, y, width, rows, 0, 0, width, rows);
        return context.getImageData(0, 0, width, rows).data;
      },
      close: () => bitmap.close(),
    };
  };

  return {
    async decode(bytes, type) {
      const blob = new Blob([bytes], { type: `image/${type}` });
      return picture(await createImageBitmap(blob, { imageOrientation: 'from-image', colorSpaceConversion: 'none', premultiplyAlpha: 'default' }));
    },
  };
}
