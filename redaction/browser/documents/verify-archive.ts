/**
 * Read a written ZIP a second time, with fflate's own reader, down to the last byte; the twin of
 * `files/documents/verify_archive.py`.
 */

import { type UnzipFileInfo, unzipSync } from "fflate";

import { startsWith } from "../policy.ts";
import { type Demand, demanding, UnreadableFileError } from "../walker.ts";

const demand: Demand = demanding("archive-malformed");

const LOCAL_SIZE = 30;
const CENTRAL_SIZE = 46;
const END_SIZE = 22;
/** Version, flags of a plain name and of one in UTF-8, both methods, the first day of 1980. */
const PLAIN_HEADER = /^504b0304140000(?:00|08)0[08]0000002100/;

/** The members; raises `UnreadableFileError` unless every byte is accounted for. */
export function verifyArchive(written: Uint8Array): Map<string, Uint8Array> {
    const infos: UnzipFileInfo[] = [];
    const members = unzip(written, infos);
    const directory = infos.reduce((sum, { name }) => sum + CENTRAL_SIZE + nameSize(name), 0);
    let local = 0;
    let central = written.length - END_SIZE - directory;
    for (const { name, size } of infos) {
        const header = written.subarray(local, local + LOCAL_SIZE);
        demand(PLAIN_HEADER.test(Array.from(header, (byte) => byte.toString(16).padStart(2, "0")).join("")));
        // Version, flags, method, date, checksum and sizes stand in both headers.
        demand(startsWith(written, Uint8Array.of(0x50, 0x4b, 1, 2, 20, 0, ...header.subarray(4)), central));
        demand(written.subarray(central + 32, central + 42).every((byte) => byte === 0));
        local += LOCAL_SIZE + nameSize(name) + size;
        central += CENTRAL_SIZE + nameSize(name);
    }
    demand(local + directory === central && startsWith(written, Uint8Array.of(0x50, 0x4b, 5, 6), central));
    demand(written[written.length - 1] === 0 && written[written.length - 2] === 0);
    demand(members.size === infos.length);
    return members;
}

function nameSize(name: string): number {
    return new TextEncoder().encode(name).length;
}

function unzip(written: Uint8Array, infos: UnzipFileInfo[]): Map<string, Uint8Array> {
    try {
        return new Map(Object.entries(unzipSync(written, { filter: (info) => infos.push(info) > 0 })));
    } catch {
        throw new UnreadableFileError("archive-malformed");
    }
}
