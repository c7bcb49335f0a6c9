/** Every group at hand, for tests and for programs that have no pages. */

import type { LoadGroup } from "../files.ts";
import { cleaners as documents } from "./documents.ts";
import { cleaners as media } from "./media.ts";
import { cleaners as pdf } from "./pdf.ts";
import { cleaners as texts } from "./texts.ts";

const GROUPS = { documents, media, pdf, texts };

export const loadGroup: LoadGroup = (group) => Promise.resolve(GROUPS[group]);
