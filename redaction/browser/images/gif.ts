/** The twin of `files/images/gif.py`, which says what stays, what goes and what is out of reach. */

import { verifyGif } from "./verify-gif.ts";
import { asLatin1, categoriesOf, latin1, LIMITS } from "../policy.ts";
import { join, UnreadableFileError, Walker } from "../walker.ts";

const [EXTENSION, IMAGE, END] = [0x21, 0x2c, 0x3b];
const [CONTROL, COMMENT, TEXT, APPLICATION] = [0xf9, 0xfe, 0x01, 0xff];
const LOOPS = ["NETSCAPE2.0", "ANIMEXTS1.0"];
const LOOP_HEAD = latin1("!\xff\x0bNETSCAPE2.0");
const NOTHING = new Uint8Array();

export class GifCleaner extends Walker {
    protected readonly media = "image/gif";
    protected readonly truncated = "picture-truncated";
    private control = NOTHING;
    private frames = 0;
    private looped = false;

    protected run(): void {
        const signature = asLatin1(this.take(6));
        const screen = this.take(7);
        if (signature !== "GIF87a" && signature !== "GIF89a") throw malformed();
        const flags = screen[4] ?? 0;
        // The depth of the artist's own palette and its order tell nothing to a viewer.
        this.emit(latin1("GIF89a"), screen.subarray(0, 4), Uint8Array.of((flags & 0x87) | 0x70, screen[5] ?? 0, 0));
        this.emit(this.table(flags));
        let blocks = 1;
        while (this.block()) if (++blocks > LIMITS.chunks) throw malformed();
        this.emit(Uint8Array.of(END));
        this.cutHere();
    }

    protected verify(clean: Uint8Array): void {
        verifyGif(clean);
    }

    /** Copy or drop one block; return whether more may come. */
    private block(): boolean {
        const introducer = this.byte();
        if (introducer === IMAGE) this.image();
        else if (introducer === EXTENSION) this.extension(this.byte());
        else if (introducer !== END) throw malformed();
        return introducer !== END;
    }

    private image(): void {
        if (++this.frames > LIMITS.frames) throw new UnreadableFileError("picture-too-large");
        const descriptor = this.take(9);
        const flags = descriptor[8] ?? 0;
        this.emit(this.control, Uint8Array.of(IMAGE), descriptor.subarray(0, 8), Uint8Array.of(flags & 0xc7));
        this.control = NOTHING;
        this.emit(this.table(flags), this.take(1));
        const start = this.at;
        this.blocks();
        this.emit(this.untrusted.subarray(start, this.at));
    }

    private extension(label: number): void {
        const start = this.at;
        const first = this.blocks();
        if (label === CONTROL) {
            if (first.length !== 4 || this.at !== start + 6) throw malformed();
            // How to go on, whether a colour is clear; not whether to wait for a key.
            const flags = (first[0] ?? 0) & 0x1d;
            this.control = Uint8Array.of(EXTENSION, CONTROL, 4, flags, ...first.subarray(1), 0);
        } else if (label === APPLICATION && LOOPS.includes(asLatin1(first))) {
            this.loop(this.untrusted.subarray(start + 12, this.at));
        } else {
            if (label === TEXT) this.control = NOTHING;
            const otherwise = label === COMMENT || label === TEXT ? "comment" : "unknown";
            this.note(categoriesOf(this.untrusted.subarray(start, this.at), otherwise));
        }
    }

    /** Write how often an animation runs, once. */
    private loop(blocks: Uint8Array): void {
        let left = blocks;
        if (!this.looped && blocks[0] === 3 && blocks[1] === 1 && blocks.length >= 5) {
            this.looped = true;
            this.emit(join([LOOP_HEAD, blocks.subarray(0, 4), Uint8Array.of(0)]));
            left = blocks.subarray(4);
        }
        if (left.length !== 1) this.note(["unknown"]);
    }

    private table(flags: number): Uint8Array {
        return flags >= 0x80 ? this.take(3 << ((flags & 7) + 1)) : NOTHING;
    }

    /** Pass over data blocks and their end; return what the first one holds. */
    private blocks(): Uint8Array {
        let first = NOTHING;
        for (let size = this.byte(); size > 0; size = this.byte()) {
            const block = this.take(size);
            if (first.length === 0) first = new Uint8Array(block);
        }
        return first;
    }

    private byte(): number {
        return this.take(1)[0] ?? 0;
    }
}

function malformed(): UnreadableFileError {
    return new UnreadableFileError("picture-malformed");
}
