"""How a sign is spoken of: present, or negated, asked about, feared, past, or an animal's.

After ConText (Harkema et al. 2009), for the words people type into a chat: decided apart from
finding, in one place for every sign (docs/decisions/0005). Without a cue a sign is present; in
doubt too (docs/safety.md, H2). Every test looks at a window around the sign, so that reading
stays linear in the length of the text.

`judge.judge` asks one test after the other. By concern:

- `denial` (of the cues' scopes in `negation`), `reported` (quotations, stories, terms),
  `experiencer` (animals, small children, people in general, the dead), `hypothetical` (feared,
  supposed, avoided), `questions` (asked about in general), `history` and `recovery` (past);
- `utterance` is the text that they look at, `mention` the sign, `cues` and `times` what stands
  where, `vocabulary` the words that they share.
"""
