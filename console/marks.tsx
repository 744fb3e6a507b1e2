import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { millis } from './format.js'

/** What can be scrolled is reached by Tab. */
export const reachable = { tabIndex: 0 } as const

export function Glyph() {
  return (
    <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      <path class="ico-fill" d="M5 0l5 9.5H0z" />
    </svg>
  )
}

export function Square() {
  return (
    <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      <path class="ico-fill" d="M0 0h10v10H0z" />
    </svg>
  )
}

const filled = <circle cx="5" cy="5" r="4" />
const ring = <circle cx="5" cy="5" r="3.5" fill="none" stroke-width="1.5" />
const cross = <path fill="none" stroke-width="2" d="M1.5 1.5l7 7m0-7l-7 7" />
const diamond = <path d="M5 0l5 5-5 5-5-5z" />

const shapes: Readonly<Record<string, readonly [typeof ring, string]>> = {
  ready: [filled, 'ok'],
  passes: [filled, 'ok'],
  connected: [filled, 'ok'],
  registered: [filled, 'ok'],
  withdrawn: [ring, ''],
  failing: [cross, 'bad'],
  connecting: [ring, ''],
  idle: [ring, ''],
  ejected: [diamond, 'warn'],
  draining: [diamond, 'warn'],
  not_serving: [diamond, 'warn'],
  down: [cross, 'bad'],
  fails: [cross, 'bad'],
  'not ready': [cross, 'bad'],
  'no answer': [cross, 'bad'],
}

export function State({ name }: { readonly name: string }) {
  const [shape, tone] = shapes[name] ?? [ring, '']
  return (
    <span class={`state ${tone}`}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        {shape}
      </svg>
      {name.replace('_', ' ')}
    </span>
  )
}

const blades: Readonly<Record<string, readonly [string, string]>> = {
  closed: ['M6 7H20', 'ok'],
  open: ['M6 7L18 1', 'bad'],
  'half-open': ['M6 7L19 4', 'warn'],
}

/** The switch of a wiring diagram: closed, open, or on trial. */
export function Circuit({ state, children }: { readonly state: string; readonly children?: ComponentChildren }) {
  const [blade, tone] = blades[state] ?? ['M6 7H20', '']
  return (
    <span class={`state ${tone}`}>
      <svg class="glyph" width="26" height="12" viewBox="0 0 26 12" aria-hidden="true">
        <path fill="none" stroke-width="1.5" stroke-dasharray={state === 'half-open' ? '3 2' : undefined} d={blade} />
        <path fill="none" stroke-width="1.5" d="M0 7h5M21 7h5" />
        <circle cx="6" cy="7" r="1.6" stroke="none" />
        <circle cx="20" cy="7" r="1.6" stroke="none" />
      </svg>
      {children ?? state}
    </span>
  )
}

/** Who said so. */
export function By({ who }: { readonly who: string }) {
  const tone = who === 'configuration' ? ' conf' : who === 'default' ? ' def' : ''
  return <span class={`by${tone}`}>{who}</span>
}

export function Ms({ value }: { readonly value: number | null }) {
  if (value === null) return <span class="u">–</span>
  return (
    <>
      {millis(value)} <span class="u">ms</span>
    </>
  )
}

/** A method's name with its service muted. */
export function MethodName({ name }: { readonly name: string }) {
  const [service = '', method = ''] = name.split('/')
  return (
    <>
      <span class="svc">{service}/</span>
      {method}
    </>
  )
}

interface SegmentProps<T extends string> {
  readonly label: string
  readonly options: readonly (readonly [T, string])[]
  readonly now: T
  choose(option: T): void
}

export function Segment<T extends string>({ label, options, now, choose }: SegmentProps<T>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a row of buttons with one border
    <div class="seg" role="group" aria-label={label}>
      {options.map(([option, text]) => (
        <button key={option} type="button" aria-pressed={option === now} onClick={() => choose(option)}>
          {text}
        </button>
      ))}
    </div>
  )
}

interface HeadProps {
  readonly title: ComponentChildren
  readonly mono?: boolean
  readonly children?: ComponentChildren
}

export function Head({ title, mono = false, children }: HeadProps) {
  return (
    <div class="head">
      <h1 class={mono ? 'mono-title' : ''}>{title}</h1>
      {children !== undefined && <div class="end">{children}</div>}
    </div>
  )
}

export function Vital(props: {
  readonly name: string
  readonly value: string | number
  readonly unit?: string
  readonly children?: ComponentChildren
}) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        <b class={props.value === '' ? 'words' : undefined}>
          {props.value} <small>{props.unit ?? ''}</small>
        </b>
        {props.children}
      </dd>
    </div>
  )
}

interface SectionProps {
  readonly id: string
  readonly title: ComponentChildren
  readonly end?: ComponentChildren
  readonly children: ComponentChildren
}

export function Section({ id, title, end, children }: SectionProps) {
  return (
    <section aria-labelledby={id}>
      <div class="sec">
        <h2 id={id}>{title}</h2>
        {end !== undefined && <span class="end">{end}</span>}
      </div>
      {children}
    </section>
  )
}

/** What can be scrolled sideways is reached by Tab and has a name, only while it can be scrolled. */
export function Scroll({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const { current } = box
    if (current === null) return
    const look = () => {
      const isWide = current.scrollWidth > current.clientWidth
      for (const [attribute, value] of [
        ['tabindex', '0'],
        ['role', 'region'],
        ['aria-label', `${name}: table`],
      ] as const) {
        if (isWide) current.setAttribute(attribute, value)
        else current.removeAttribute(attribute)
      }
    }
    const observer = new ResizeObserver(look)
    observer.observe(current)
    if (current.firstElementChild !== null) observer.observe(current.firstElementChild)
    return () => observer.disconnect()
  }, [name])
  return (
    <div class="scroll" ref={box}>
      {children}
    </div>
  )
}

export function Blank({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="blank">
      <h3>{title}</h3>
      {children}
    </div>
  )
}
