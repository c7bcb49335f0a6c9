/** Formats that are a ZIP of parts; the twin of `files/documents/package.py`. */

import { WholeFile } from "../walker.ts";
import { Archive, writeArchive } from "./archive.ts";
import { verifyArchive } from "./verify-archive.ts";

export type Member = readonly [name: string, data: Uint8Array];

export abstract class Package extends WholeFile {
    /** The members that are not deflated. */
    protected readonly stored: ReadonlySet<string> = new Set();

    protected rewrite(): Uint8Array {
        const archive = new Archive(this.untrusted);
        this.note(archive.seen);
        return writeArchive(this.repack(archive), this.stored);
    }

    protected verify(clean: Uint8Array): void {
        this.check(verifyArchive(clean));
    }

    /** The members of the clean file; raises `UnreadableFileError`. */
    protected abstract repack(archive: Archive): Iterable<Member>;

    /** Read the members a second time; raise `UnreadableFileError`. */
    protected abstract check(members: ReadonlyMap<string, Uint8Array>): void;
}
