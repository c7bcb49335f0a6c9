/** The twin of `files/documents/opendocument/rules.py`, which says what the tables are. */

import rules from "../../../files/documents/opendocument/rules.json";
import { Vocabulary } from "../rewriter.ts";

export const VOCABULARY = new Vocabulary(rules);
export const KINDS: ReadonlyMap<string, string> = new Map(Object.entries(rules.kinds).map(([kind, media]) => [media, kind]));
export const WORDS = rules.words.split(" ");
export const NAMED = rules.named.split(" ");
export const SETTINGS: ReadonlySet<string> = new Set(rules.settings.split(" "));
export const PICTURES = rules.pictures.split(" ");
export const SOUND_AND_FILM = rules.media.split(" ");
export const TOLD_BY_PROPERTY: ReadonlyMap<string, string> = new Map(
    Object.entries(rules.meta).flatMap(([category, names]) => names.split(" ").map((name) => [name, category] as const)),
);
