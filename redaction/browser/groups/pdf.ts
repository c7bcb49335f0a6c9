/** PDF: loaded when such a file is picked. */

import { PdfCleaner } from "../documents/pdf/cleaner.ts";
import type { Cleaners } from "../walker.ts";

export const cleaners: Cleaners = { "application/pdf": PdfCleaner };
