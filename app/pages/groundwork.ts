/** What sending needs and no word decides: whom to seal to, a code with its keys, an empty envelope. */

import type { Blank } from "../../crypto/browser/age.ts";
import { Counterfoil } from "../../crypto/browser/counterfoil.ts";
import { blankFor } from "../../crypto/browser/envelope.ts";
import { CitizenKeys, deriveRoot } from "../../crypto/browser/keys.ts";
import { ReceiptCode } from "../../crypto/browser/receipt.ts";
import type { Site } from "./http.ts";
import { fetchIntake, type Intake } from "./intake.ts";

export interface Coded {
    readonly code: ReceiptCode;
    /** What a message is sealed under so that the code opens its case. */
    readonly half: Counterfoil;
    /** For the reviewers of `intake`. */
    readonly blank: Blank;
    /** What the site said when this was made. */
    readonly intake: Intake;
}

export interface GroundworkOptions {
    readonly today: () => string;
    readonly pinnedRoots?: string | undefined;
    readonly iterations?: number;
}

/**
 * Laid while people write and read their words once more, so that nobody waits for it after the
 * last press: over Tor each request costs a second, and so do the keys on a slow device.
 */
export class Groundwork {
    readonly site: Site;
    readonly #options: GroundworkOptions;
    #intake: { readonly day: string; readonly known: Promise<Intake> } | undefined;
    #coded: Promise<Coded> | undefined;

    constructor(site: Site, options: GroundworkOptions) {
        this.site = site;
        this.#options = options;
    }

    /** What the site says today; asked once, unless it failed. Raises what `fetchIntake` raises. */
    async intake(): Promise<Intake> {
        const day = this.#options.today();
        const asked = this.#intake?.day === day ? this.#intake : { day, known: fetchIntake(this.site, day, this.#options.pinnedRoots) };
        this.#intake = asked;
        try {
            return await asked.known;
        } catch (error) {
            if (this.#intake === asked) this.#intake = undefined;
            throw error;
        }
    }

    /** The site no longer means what it said. */
    forgetIntake(): void {
        this.#intake = undefined;
    }

    /** Make the code that `take` gives next, if no request is needed for that. */
    prepareCode(): void {
        if (this.#coded !== undefined || this.#intake?.day !== this.#options.today()) return;
        const coded = this.intake().then((intake) => this.#make(intake));
        this.#coded = coded;
        coded.catch(() => {
            if (this.#coded === coded) this.#coded = undefined;
        });
    }

    /** A code that nobody else gets, for the roots and reviewers that the site has today. */
    async take(): Promise<Coded> {
        const intake = await this.intake();
        const prepared = this.#coded;
        this.#coded = undefined;
        const coded = await prepared;
        return coded?.intake === intake ? coded : this.#make(intake);
    }

    async #make(intake: Intake): Promise<Coded> {
        const code = ReceiptCode.generate();
        const { iterations } = this.#options;
        const { hash } = intake.roots;
        const root = await deriveRoot(code, hash, iterations === undefined ? {} : { iterations });
        const half = Counterfoil.of(new CitizenKeys(root), hash);
        return { code, half, blank: await blankFor(intake.keyring), intake };
    }
}
