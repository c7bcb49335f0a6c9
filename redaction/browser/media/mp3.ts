/** The twin of `files/media/mp3.py`, which says what stays, what goes and what is out of reach. */

import { AacCleaner } from "./aac.ts";
import { FlacCleaner } from "./flac.ts";
import { afterTags, type Frame, Framed, NO_FRAME } from "./frames.ts";
import { emptyUnused, frameSize, isMono } from "./mp3-frames.ts";
import { readLength, writeLength } from "./mp3-length.ts";
import { demand } from "./sound.ts";
import { verifyMp3 } from "./verify-mp3.ts";
import { latin1, startsWith } from "../policy.ts";
import { join, number } from "../walker.ts";

const FLAC = latin1("fLaC");
const ADTS = [0xfff0, 0xfff1, 0xfff8, 0xfff9];

export class Mp3Cleaner extends Framed {
    protected media = "audio/mpeg";

    protected override rewrite(): Uint8Array {
        const other = this.other();
        if (other === undefined) return super.rewrite();
        const cleaned = other.clean();
        this.media = cleaned.media;
        this.note(cleaned.removed);
        for (const warning of cleaned.warnings) this.warnings.add(warning);
        return cleaned.bytes;
    }

    protected verify(clean: Uint8Array): void {
        if (this.media === "audio/mpeg") verifyMp3(clean);
    }

    protected frame(at: number): Frame {
        const size = frameSize(this.untrusted, at);
        if (size === 0) return NO_FRAME;
        const head = (number(this.untrusted, at + 1, 1) & 0x1e) | ((number(this.untrusted, at + 2, 1) & 0x0c) << 8);
        return { size, kind: head | (isMono(this.untrusted, at) ? 1 : 0) };
    }

    protected write(): void {
        const [start, end] = this.spans[0] ?? [0, 0];
        const first = this.untrusted.subarray(start, end);
        const said = readLength(first);
        const spans = said === undefined ? this.spans : this.spans.slice(1);
        demand(spans.length > 0);
        if (said !== undefined) {
            const ours = writeLength(first, said, spans.map(([from, to]) => to - from));
            this.emit(ours);
            if (ours.length !== first.length || !startsWith(first, ours)) this.note(["software"]);
        }
        const sound = join(spans.map(([from, to]) => this.untrusted.subarray(from, to)));
        if (emptyUnused(sound)) this.note(["software"]);
        this.emit(sound);
    }

    /** The cleaner for what stands behind the tags, nothing for MP3. */
    private other(): AacCleaner | FlacCleaner | undefined {
        const at = afterTags(this.untrusted);
        if (startsWith(this.untrusted, FLAC, at)) return new FlacCleaner(this.untrusted);
        return ADTS.includes(number(this.untrusted, at, 2)) ? new AacCleaner(this.untrusted) : undefined;
    }
}
