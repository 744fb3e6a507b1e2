import { useState } from 'preact/hooks'

interface Props {
  readonly id: string
  readonly 'aria-label'?: string | undefined
  readonly 'aria-describedby'?: string
  readonly value: unknown
  /** In base64; undefined unsets the field. */
  set(value: string | undefined): void
}

/** Bytes, as a file. */
export function BytesInput({ value, set, ...names }: Props) {
  const [name, setName] = useState('')
  const size = typeof value === 'string' ? Math.floor((value.replace(/=+$/, '').length * 3) / 4) : 0
  return (
    <div class="row">
      <input
        type="file"
        class="fit"
        {...names}
        onChange={async ({ currentTarget }) => {
          const [file] = currentTarget.files ?? []
          if (file === undefined) return
          setName(file.name)
          set(await base64Of(file))
        }}
      />
      {size === 0 ? (
        <span class="hint">no bytes</span>
      ) : (
        <>
          <span class="hint">
            {name === '' ? '' : `${name}, `}
            {size} bytes, sent as base64
          </span>
          <button class="link" type="button" onClick={() => set(undefined)}>
            Remove the bytes
          </button>
        </>
      )}
    </div>
  )
}

function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })
}
