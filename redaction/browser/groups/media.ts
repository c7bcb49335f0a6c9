/** Pictures, sound and video: loaded when such a file is picked. */

import { GifCleaner } from "../images/gif.ts";
import { EmfCleaner, WmfCleaner } from "../images/metafile.ts";
import { WebpCleaner } from "../images/webp.ts";
import { AacCleaner } from "../media/aac.ts";
import { AiffCleaner } from "../media/aiff.ts";
import { AmrCleaner } from "../media/amr.ts";
import { FlacCleaner } from "../media/flac.ts";
import { AvifCleaner, HeicCleaner } from "../media/heif.ts";
import { M4aCleaner, MovCleaner, Mp4Cleaner, ThreeGpCleaner } from "../media/isobmff.ts";
import { MatroskaCleaner } from "../media/matroska.ts";
import { Mp3Cleaner } from "../media/mp3.ts";
import { OggCleaner } from "../media/ogg.ts";
import { WavCleaner } from "../media/wav.ts";
import type { Cleaners } from "../walker.ts";

export const cleaners: Cleaners = {
    "image/webp": WebpCleaner,
    "image/gif": GifCleaner,
    "image/x-emf": EmfCleaner,
    "image/x-wmf": WmfCleaner,
    "audio/mpeg": Mp3Cleaner,
    "audio/aac": AacCleaner,
    "audio/amr": AmrCleaner,
    "audio/wav": WavCleaner,
    "audio/aiff": AiffCleaner,
    "audio/flac": FlacCleaner,
    "audio/ogg": OggCleaner,
    "audio/mp4": M4aCleaner,
    "video/mp4": Mp4Cleaner,
    "video/quicktime": MovCleaner,
    "video/3gpp": ThreeGpCleaner,
    "video/x-matroska": MatroskaCleaner,
    "image/heic": HeicCleaner,
    "image/avif": AvifCleaner,
};
