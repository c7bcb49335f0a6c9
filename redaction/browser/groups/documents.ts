/** Office and OpenDocument files and other archives: loaded when such a file is picked. */

import { ContainerCleaner } from "../documents/container.ts";
import type { Cleaners } from "../walker.ts";

export const cleaners: Cleaners = {
    "application/zip": ContainerCleaner,
};
