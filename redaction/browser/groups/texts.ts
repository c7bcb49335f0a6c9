/** Plain texts and tables: a small script of their own, for they are what most people have. */

import { PlainTextCleaner, TableCleaner } from "../documents/plain.ts";
import type { Cleaners } from "../walker.ts";

export const cleaners: Cleaners = {
    "text/plain": PlainTextCleaner,
    "text/csv": TableCleaner,
};
