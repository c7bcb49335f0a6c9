/** What the public log says about a case, and the files that prove it (SPEC.md §13). */

import { toBase64 } from "../../crypto/browser/bytes.ts";
import { acceptCommitment, contentCommit, rollCommit } from "../../crypto/browser/commitment.ts";
import { CryptoError, DifferentTileError, UnverifiedError } from "../../crypto/browser/errors.ts";
import type { Roots } from "../../crypto/browser/keyring.ts";
import { acceptLeaf, namesPolicy } from "../../crypto/browser/leaves.ts";
import { judge, latestMerge, type Lookup, type LookupProblem, type LookupState, Newest, newestRules, readBackTo } from "../../crypto/browser/lookup.ts";
import type { VerifierKey } from "../../crypto/browser/note.ts";
import { Policy } from "../../crypto/browser/policy.ts";
import { leafHash, verifyInclusion } from "../../crypto/browser/tlog.ts";
import { DAY, midnight, mondayOf } from "../../crypto/browser/times.ts";

/** `empty` is a log before its first batch, `unverified` one that nobody we know vouches for. */
export type VerdictState = LookupState | "unverified" | "empty";
export type VerdictProblem = LookupProblem | "unverified";

/** Fetches a file of the log; undefined if it is not there. */
export type ReadLog = (path: string) => Promise<Uint8Array | undefined>;

/** What the page knows of a log. Only the roots must be right; they vouch for the rest. */
export interface KnownLog {
    readonly origin: string;
    readonly roots: Roots;
    readonly promiseKey: VerifierKey;
    readonly policy: string;
    readonly keyringNote: string;
}

/** What only the holder of a code has. */
export interface Holder {
    readonly logSalt: Uint8Array;
    readonly contentSalt: Uint8Array;
    readonly rollSeed: Uint8Array;
}

/** What the mailbox tells about a case: H of the envelope, its ISO week, its status. */
export interface ShownCase {
    readonly digest: Uint8Array;
    readonly week: string;
    readonly status: string;
}

/** With any of `problems` a promise is broken. */
export interface Verdict {
    readonly state: VerdictState;
    readonly problems: readonly VerdictProblem[];
    readonly commitment: Uint8Array;
    /** The day by which the leaf must be in the log. */
    readonly due: string;
    readonly index?: number | undefined;
    readonly size?: number;
    readonly root?: Uint8Array;
    /** Status by age in seconds; undefined where the holder's line is missing. */
    readonly rolls?: Lookup["rolls"];
    /** Names of those who cosigned; undefined where no witnesses are asked for. */
    readonly witnesses?: readonly string[] | undefined;
    /** A C2SP tlog-proof. */
    readonly proof?: string | undefined;
    /** What `wasl audit receipt` reads: without text, name or promise. */
    readonly receipt: string;
}

/** *now* is in POSIX seconds. Rejects only with what *read* rejects with. */
export async function checkCase(read: ReadLog, known: KnownLog, holder: Holder, shown: ShownCase, now: number): Promise<Verdict> {
    const content = contentCommit(holder.contentSalt, shown.digest);
    const commitment = acceptCommitment(holder.logSalt, content, rollCommit(holder.rollSeed));
    const opening = {
        log_salt: toBase64(holder.logSalt),
        content_commit: toBase64(content),
        roll_seed: toBase64(holder.rollSeed),
    };
    const due = latestMerge(shown.week);
    const receipt = (proof?: string): string => {
        const document = { format: "wasl/receipt-proof/v1", commitment: toBase64(commitment), opening, keyring: known.keyringNote };
        return JSON.stringify(proof === undefined ? document : { ...document, proof }, undefined, 1);
    };
    const note = await read("checkpoint");
    if (note === undefined) {
        const isLate = now >= midnight(due) + DAY;
        return { state: "empty", problems: isLate ? ["missing"] : [], commitment, due, receipt: receipt() };
    }
    try {
        const found = await look(read, note, known, { commitment, rollSeed: holder.rollSeed, due, status: shown.status, now }, shown.week);
        return { ...found, commitment, due, receipt: receipt(found.proof) };
    } catch (error) {
        if (!(error instanceof CryptoError)) throw error;
        return { state: "unverified", problems: ["unverified"], commitment, due, receipt: receipt() };
    }
}

type Question = Parameters<typeof judge>[3];
type Found = Omit<Verdict, "commitment" | "due" | "receipt">;

/** Raise `CryptoError` for a log that cannot be verified. */
async function look(read: ReadLog, note: Uint8Array, known: KnownLog, question: Question, week: string): Promise<Found> {
    const { origin, roots, promiseKey } = known;
    const policy = Policy.parse(known.policy);
    const witnessed = policy.open(note, origin);
    const newest = await Newest.read(onlyThere(read), witnessed.checkpoint);
    const found = await newestRules(newest, roots);
    if (!namesPolicy(found.rules, policy, origin) || found.rules.promise !== promiseKey.encode()) {
        throw new UnverifiedError("other keys than the roots have signed");
    }
    await readBackTo(newest, question.commitment, midnight(mondayOf(week) ?? question.due));
    const { state, problems, index, rolls, proof } = judge(newest, witnessed, found, question);
    const { size, root } = witnessed.checkpoint;
    return {
        state,
        problems,
        index,
        size,
        root,
        rolls,
        witnesses: policy.isAlone ? undefined : Array.from(witnessed.times.keys()),
        proof: index === undefined || proof === undefined ? undefined : encodeProof(question.commitment, index, proof, size, root, note),
    };
}

/** A file that a signed checkpoint stands for, and that is not there, is no answer. */
function onlyThere(read: ReadLog): (path: string) => Promise<Uint8Array> {
    return async (path) => {
        const file = await read(path);
        if (file === undefined) throw new DifferentTileError(path);
        return file;
    };
}

/** The file that proves it offline; its `extra` says of which commitment. */
function encodeProof(
    commitment: Uint8Array,
    index: number,
    hashes: readonly Uint8Array[],
    size: number,
    root: Uint8Array,
    note: Uint8Array,
): string {
    verifyInclusion(leafHash(acceptLeaf(commitment)), index, size, hashes, root);
    const lines = ["c2sp.org/tlog-proof@v1", `extra ${toBase64(commitment)}`, `index ${index}`, ...hashes.map(toBase64), ""];
    return `${lines.join("\n")}\n${new TextDecoder().decode(note)}`;
}
