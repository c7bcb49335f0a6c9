/** What a ZIP file is; the twin of `files/documents/container.py`. */

import { asLatin1 } from "../policy.ts";
import { type CleanerClass, UnreadableFileError, WholeFile } from "../walker.ts";
import { Archive } from "./archive.ts";
import { OfficeCleaner } from "./office/cleaner.ts";
import { OpenDocumentCleaner } from "./opendocument/cleaner.ts";

/** By the beginning of `mimetype`. */
const DECLARED: readonly (readonly [beginning: string, cleaner: CleanerClass])[] = [["application/vnd.oasis.opendocument.", OpenDocumentCleaner]];

const BOOK = "application/epub+zip";

/** Passes the file on to the cleaner of what it is. */
export class ContainerCleaner extends WholeFile {
    protected media = "application/zip";

    protected rewrite(): Uint8Array {
        const Cleaner = cleanerOf(new Archive(this.untrusted));
        const { bytes, media, removed, warnings } = new Cleaner(this.untrusted, this.declaredName, this.depth).clean();
        this.media = media;
        this.note(removed);
        for (const warning of warnings) this.warnings.add(warning);
        return bytes;
    }

    protected verify(): void {
        // Its own cleaner has read it a second time.
    }
}

function cleanerOf(archive: Archive): CleanerClass {
    if (archive.has("[Content_Types].xml")) return OfficeCleaner;
    if (!archive.has("mimetype")) throw new UnreadableFileError("archive-in-browser");
    const declared = asLatin1(archive.read("mimetype"));
    const known = DECLARED.find(([beginning]) => declared.startsWith(beginning));
    if (known === undefined) throw new UnreadableFileError(declared.startsWith(BOOK) ? "book-in-browser" : "archive-unsupported");
    return known[1];
}
