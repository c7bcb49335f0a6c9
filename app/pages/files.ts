/** The chosen files, read and cleaned on this device. */

import { type Cleaned, cleanFile, neutralName, UnreadableFileError } from "../../redaction/browser/files.ts";
import { words } from "../../redaction/browser/words.ts";
import type { Lang } from "../../crypto/browser/envelope.ts";
import { type CopyKey, say, type Values } from "./copy.ts";
import type { OutgoingFile } from "./sending.ts";

/** The site's usual limits; the intake's are checked again before sending. */
const MAX_FILES = 10;
const MEGABYTE = 1024 * 1024;
const MAX_MEGABYTES = 100;

/** A cleaned file, with what the citizen may want to know about it. */
export interface ChosenFile extends OutgoingFile {
    /** What the file is called on this device; never sent. */
    readonly original: string;
    readonly removed: readonly string[];
    readonly warnings: readonly string[];
}

/** A file that cannot be sent; `sentence` tells why. */
export class FileProblem extends Error {
    override readonly name = "FileProblem";
    readonly sentence: DocumentFragment;

    constructor(key: CopyKey, values: Values) {
        super(key);
        this.sentence = say(key, values);
    }
}

/** Raise `FileProblem` for the first file that cannot be sent. */
export async function readFiles(files: readonly File[], lang: Lang): Promise<ChosenFile[]> {
    if (files.length > MAX_FILES) throw new FileProblem("file_too_many", { count: files.length, limit: MAX_FILES });
    const chosen: ChosenFile[] = [];
    for (const [i, file] of files.entries()) chosen.push(await readOne(file, i + 1, lang));
    return chosen;
}

async function readOne(file: File, number: number, lang: Lang): Promise<ChosenFile> {
    const { name } = file;
    if (file.size > MAX_MEGABYTES * MEGABYTE) throw new FileProblem("file_too_large", { name, megabytes: MAX_MEGABYTES });
    const cleaned = clean(await readBytes(file), name, lang);
    return { ...cleaned, name: neutralName(number, cleaned.media), original: name };
}

async function readBytes(file: File): Promise<Uint8Array> {
    try {
        return new Uint8Array(await file.arrayBuffer());
    } catch {
        throw new FileProblem("file_failed", { name: file.name, reason: say("file_unreadable") });
    }
}

function clean(bytes: Uint8Array, name: string, lang: Lang): Cleaned {
    try {
        return cleanFile(bytes, name);
    } catch (error) {
        if (!(error instanceof UnreadableFileError)) throw error;
        throw new FileProblem("file_failed", { name, reason: document.createTextNode(words("errors", error.code, lang)) });
    }
}
