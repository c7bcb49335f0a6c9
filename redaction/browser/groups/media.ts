/** Pictures, sound and video: loaded when such a file is picked. */

import type { Cleaners } from "../walker.ts";

export const cleaners: Cleaners = {};
