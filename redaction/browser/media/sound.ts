/** What the cleaners of sound have in common; the twin of `files/media/sound.py`. */

import { LIMITS, SOUND_SIGNS } from "../policy.ts";
import { type Demand, demanding, UnreadableFileError, Walker } from "../walker.ts";

/** Raise `UnreadableFileError` for a malformed file unless *condition*. */
export const demand: Demand = demanding("sound-malformed");

const LOOKED_AT = 65_535;
/** Samples a second; more is nonsense in which anything could be written. */
export const MAX_RATE = 1 << 20;
export const MAX_CHANNELS = 64;

/** A file of nothing but sound. */
export abstract class Sound extends Walker {
    protected readonly truncated: string = "sound-truncated";

    protected override rewrite(): Uint8Array {
        this.warnings.add("voice");
        return super.rewrite();
    }

    /** Note what *tag* tells by the names of its fields, else *otherwise*. */
    protected noteTag(tag: Uint8Array, otherwise = "unknown"): void {
        const beginning = new TextDecoder("latin1").decode(tag.subarray(0, LOOKED_AT));
        const found = SOUND_SIGNS.filter(([, sign]) => sign.test(beginning)).map(([category]) => category);
        this.note(found.length > 0 ? found : [otherwise]);
    }

    protected override cutHere(): void {
        if (this.at < this.untrusted.length) this.noteTag(this.untrusted.subarray(this.at), "trailer");
    }
}

/** Raise `UnreadableFileError` when a file consists of too many frames or pages. */
export function bound(units: number): void {
    if (units > LIMITS.units) throw new UnreadableFileError("file-too-complex");
}
