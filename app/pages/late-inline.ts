/** In place of `late.ts` where one file holds every script: nothing is loaded, everything is here. */

import { cleaners as documents } from "../../redaction/browser/groups/documents.ts";
import { cleaners as media } from "../../redaction/browser/groups/media.ts";
import { cleaners as pdf } from "../../redaction/browser/groups/pdf.ts";
import { cleaners as texts } from "../../redaction/browser/groups/texts.ts";
import * as checks from "./checks.ts";

const SCRIPTS: Readonly<Record<string, unknown>> = {
    checks,
    documents: { cleaners: documents },
    media: { cleaners: media },
    pdf: { cleaners: pdf },
    texts: { cleaners: texts },
};

export function load(name: string): Promise<unknown> {
    return Promise.resolve(SCRIPTS[name]);
}
