interface Props {
  readonly label: string
  readonly value: string
  /** How many were found. */
  readonly said: string
  set(value: string): void
}

/** A field that narrows a long list. */
export function Find({ label, value, said, set }: Props) {
  return (
    <p class="row find">
      <input
        class="in fit"
        type="search"
        aria-label={label}
        placeholder={label}
        autocomplete="off"
        spellcheck={false}
        value={value}
        onInput={({ currentTarget }) => set(currentTarget.value)}
      />
      <span class="hint" role="status">
        {said}
      </span>
    </p>
  )
}

/** Whether each word is in one of the texts. */
export function matches(find: string, ...texts: readonly string[]): boolean {
  const all = texts.join(' ').toLowerCase()
  return find
    .toLowerCase()
    .split(/\s+/)
    .every(word => all.includes(word))
}
