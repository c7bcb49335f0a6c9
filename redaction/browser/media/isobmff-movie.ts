/** The twin of `files/media/isobmff_movie.py`: the movie box. */

import { known } from "./inplace.ts";
import { asIs, type Box, type Boxes } from "./isobmff-boxes.ts";
import { Fragments } from "./isobmff-fragments.ts";
import { type Run, runs, type Track } from "./isobmff-samples.ts";
import { emptyTimes, MOVIE_HEADER, TrackCleaner } from "./isobmff-track.ts";

export class Movie {
    readonly tracks = new Map<number, Track>();
    readonly fragments: Fragments;
    private readonly file: Boxes;
    private readonly handlers: readonly string[];
    private readonly chapters = new Set<number>();

    /** *handlers* are the kinds of tracks that may stay. */
    constructor(file: Boxes, handlers: readonly string[]) {
        this.file = file;
        this.handlers = handlers;
        this.fragments = new Fragments(file, this.tracks);
    }

    /** Clean the one `moov` of a file. */
    clean(box: Box): void {
        const file: Boxes = this.file;
        for (const one of file.children(box.body, box.end)) {
            if (one.kind !== "trak") continue;
            for (const identity of new TrackCleaner(file, one).chapters()) this.chapters.add(identity);
        }
        file.inside(box.body, box.end, {
            mvhd: (one) => { this.header(one); },
            trak: (one) => { this.trak(one); },
            mvex: asIs,
            cmov: () => {
                throw file.refusal("unsupported");
            },
        });
        for (const one of file.children(box.body, box.end)) {
            if (one.kind === "mvex") this.fragments.defaults(one);
        }
    }

    /** Where the samples of all tracks lie. */
    *runs(): Generator<Run> {
        for (const track of this.tracks.values()) yield* runs(this.file, track);
        yield* this.fragments.runs;
    }

    private header(box: Box): void {
        const end = emptyTimes(this.file, box, MOVIE_HEADER);
        this.file.zero(end - 74, end - 64, "unknown");
        this.file.zero(end - 28, end - 4, "unknown");
    }

    /** Clean a track that may stay, remove any other. */
    private trak(box: Box): void {
        const file: Boxes = this.file;
        const cleaner = new TrackCleaner(file, box);
        const { identity } = cleaner.track;
        const isAllowed = this.handlers.includes(cleaner.handler) && !this.chapters.has(identity);
        if (isAllowed && cleaner.isLocal()) {
            file.demand(!this.tracks.has(identity));
            this.tracks.set(identity, cleaner.clean());
        } else {
            file.orphans = true;
            file.remove(box, "track", ...known(file.kinds(box.body, box.end)));
        }
    }
}
