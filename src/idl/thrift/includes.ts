/** Which files include which. */
export class Includes {
  private readonly files = new Map<string, Set<string>>()

  add(file: string, included: string): void {
    const known = this.files.get(file)
    if (known === undefined) this.files.set(file, new Set([included]))
    else known.add(included)
  }

  /** Whether a file includes another one, itself or through others. */
  reaches(from: string, to: string): boolean {
    const seen = new Set([from])
    // The set grows while it is walked.
    for (const file of seen) for (const next of this.files.get(file) ?? []) seen.add(next)
    return seen.has(to)
  }
}
