/** The chosen files, read and cleaned on this device. */

import { type Cleaned, cleanFile, type Cleaners, isUnreadable, type LoadGroup, neutralName } from "../../redaction/browser/files.ts";
import { type CopyKey, say, type Values } from "./copy.ts";
import { load } from "./late.ts";
import type { OutgoingFile } from "./sending.ts";

export interface FileLimits {
    readonly count: number;
    readonly megabytes: number;
}

/** The site's usual limits; the intake's are checked again before sending. */
export const USUAL_LIMITS: FileLimits = { count: 10, megabytes: 100 };
const MEGABYTE = 1024 * 1024;

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

/** Raise `FileProblem` for the first file that cannot be sent; *why* has a sentence for each code. */
export async function readFiles(files: readonly File[], why: (code: string) => string, limits = USUAL_LIMITS): Promise<ChosenFile[]> {
    if (files.length > limits.count) throw new FileProblem("file_too_many", { count: files.length, limit: limits.count });
    const chosen: ChosenFile[] = [];
    for (const [i, file] of files.entries()) chosen.push(await readOne(file, i + 1, why, limits));
    return chosen;
}

async function readOne(file: File, number: number, why: (code: string) => string, { megabytes }: FileLimits): Promise<ChosenFile> {
    const { name } = file;
    if (file.size > megabytes * MEGABYTE) throw new FileProblem("file_too_large", { name, megabytes });
    const cleaned = await clean(await readBytes(file), name, why);
    return { ...cleaned, name: neutralName(number, cleaned.media), original: name };
}

async function readBytes(file: File): Promise<Uint8Array> {
    try {
        return new Uint8Array(await file.arrayBuffer());
    } catch {
        throw new FileProblem("file_failed", { name: file.name, reason: say("file_unreadable") });
    }
}

async function clean(bytes: Uint8Array, name: string, why: (code: string) => string): Promise<Cleaned> {
    try {
        return await cleanFile(bytes, name, loadGroup);
    } catch (error) {
        if (!isUnreadable(error)) throw error;
        throw new FileProblem("file_failed", { name, reason: document.createTextNode(why(error.code)) });
    }
}

const loadGroup: LoadGroup = async (group) => ((await load(group)) as { cleaners: Cleaners }).cleaners;
