/** The twin of `files/media/aac.py`, which says what stays, what goes and what is out of reach. */

import { cleanCoded, codingOf } from "./coded.ts";
import { type Frame, Framed, NO_FRAME } from "./frames.ts";
import { InPlace } from "./inplace.ts";
import { verifyAac } from "./verify-aac.ts";
import { UnreadableFileError } from "../walker.ts";

const HEADER = 7;
const CHECKSUM = 2;
const RATES = 13;

export class AacCleaner extends Framed {
    protected readonly media = "audio/aac";

    protected frame(at: number): Frame {
        const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = this.untrusted.subarray(at, at + HEADER);
        if (at + HEADER > this.untrusted.length || first !== 0xff || (second & 0xf6) !== 0xf0) return NO_FRAME;
        if (((third >> 2) & 15) >= RATES) return NO_FRAME;
        const size = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
        const kind = ((second & 8) << 16) | ((third & 0xfd) << 8) | (fourth & 0xc0);
        return { size: size > headerSize(second) ? size : 0, kind };
    }

    protected write(): void {
        const file = new InPlace(this.untrusted.slice(), "sound");
        for (const [start, end] of this.spans) {
            const head = this.untrusted.subarray(start, start + HEADER);
            const [, second = 0, , , , , seventh = 0] = head;
            if ((seventh & 3) > 0 && (second & 1) === 0) throw new UnreadableFileError("sound-unsupported");
            const sound = start + headerSize(second);
            cleanCoded(file, codingOf("aac"), sound, end);
            this.emit(writtenAnew(head, end - sound), file.data.subarray(sound, end));
        }
        this.note(file.removed);
    }

    protected verify(clean: Uint8Array): void {
        verifyAac(clean);
    }
}

function headerSize(second: number): number {
    return (second & 1) > 0 ? HEADER : HEADER + CHECKSUM;
}

/** The header of *length* bytes of sound; the fullness says "variable". */
function writtenAnew(head: Uint8Array, length: number): Uint8Array {
    const size = length + HEADER;
    const [, second = 0, third = 0, fourth = 0, , , seventh = 0] = head;
    return Uint8Array.of(
        0xff,
        second | 1,
        third & 0xfd,
        (fourth & 0xc0) | (size >> 11),
        (size >> 3) & 0xff,
        ((size & 7) << 5) | 0x1f,
        0xfc | (seventh & 3),
    );
}
