/**
 * Read a written ZIP a second time, with fflate's own reader, down to the last byte; the twin of
 * `files/documents/verify_archive.py`.
 */

import { type UnzipFileInfo, unzipSync } from "fflate";

import { startsWith } from "../policy.ts";
import { UnreadableFileError } from "../walker.ts";

const HEADERS_SIZE = 30 + 46;
const END_SIZE = 22;
/** Version, flags of a plain name and of one in UTF-8, both methods, the first day of 1980. */
const PLAIN_HEADER = /^504b0304140000(?:00|08)0[08]0000002100/;

/** The members; raises `UnreadableFileError` unless every byte is accounted for. */
export function verifyArchive(written: Uint8Array): Map<string, Uint8Array> {
    const infos: UnzipFileInfo[] = [];
    const members = unzip(written, infos);
    let at = 0;
    for (const { name, size } of infos) {
        const header = written.subarray(at, at + 14);
        demand(PLAIN_HEADER.test(Array.from(header, (byte) => byte.toString(16).padStart(2, "0")).join("")));
        at += 30 + new TextEncoder().encode(name).length + size;
    }
    const names = infos.reduce((sum, { name }) => sum + new TextEncoder().encode(name).length, 0);
    const sizes = infos.reduce((sum, { size }) => sum + size, 0);
    demand(written.length === sizes + 2 * names + infos.length * HEADERS_SIZE + END_SIZE);
    demand(startsWith(written, Uint8Array.of(0x50, 0x4b, 5, 6), written.length - END_SIZE));
    demand(members.size === infos.length);
    return members;
}

function unzip(written: Uint8Array, infos: UnzipFileInfo[]): Map<string, Uint8Array> {
    try {
        return new Map(Object.entries(unzipSync(written, { filter: (info) => infos.push(info) > 0 })));
    } catch {
        throw new UnreadableFileError("archive-malformed");
    }
}

function demand(condition: boolean): void {
    if (!condition) throw new UnreadableFileError("archive-malformed");
}
