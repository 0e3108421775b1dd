// Why a device was not observed for a while, in words (docs/formats/ledger.md has the codes).

const WORDS: Readonly<Record<string, string>> = {
  'late-first-reading': 'the first reading came late',
  'no-last-reading': 'no reading at the end',
  'too-far-apart': 'readings too far apart',
  'counter-reset': 'the counter began again',
  'wrapped-unseen': 'the counter may have wrapped unseen',
  implausible: 'the reading cannot be true',
  unreadable: 'the sensor could not be read',
  'never-read': 'the sensor was never read',
};

/** Of a code that is not known here, the code. */
export const gapWords = (why: string): string => (Object.hasOwn(WORDS, why) ? WORDS[why]! : why);
