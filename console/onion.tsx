import type { ComponentChild } from 'preact'
import type { Layer, MethodView, Range } from '../src/console/views.js'
import { durations, num, rangeText } from './format.js'
import { By, Circuit, Section } from './marks.js'

/** The policies around a call: each holds all that runs inside of it. */
export function Onion({ data, range }: { readonly data: MethodView; readonly range: Range }) {
  const { layers, worst, where, handler, off } = data
  const atHandler = layers.filter(({ stage }) => stage === 'handler')
  const onTheWay = layers.filter(({ stage }) => stage !== 'handler')
  const core = (
    <div class="core">
      <span class="code">{handler}</span>
    </div>
  )
  const wire = (
    <>
      <div class="wire">
        <b>wire</b> <span>{where}</span>
      </div>
      {atHandler.reduceRight<ComponentChild>(ring, core)}
    </>
  )
  const attempts = `${num(worst.ms)} ms, ${worst.attempts} attempt${worst.attempts === 1 ? '' : 's'}`
  return (
    <Section id="chain" title="What stands around a call" end={`at worst ${attempts}`}>
      <p class="stage">
        <i />
        once a call
        <i class="attempt" />
        each attempt
        <i class="handler" />
        at the handler
        <span class="counted">counts: {rangeText(range)}</span>
      </p>
      <div class="onion">{onTheWay.reduceRight<ComponentChild>(ring, wire)}</div>
      {off.length > 0 && (
        <p class="hint gap">Switched off: {off.map(({ policy, by }) => `${policy} (${by})`).join(', ')}</p>
      )}
    </Section>
  )
}

function ring(inside: ComponentChild, { stage, policy, settings, by, now, level }: Layer) {
  const isCircuit = policy === 'circuitBreaker' && level !== 'ok'
  return (
    <div class={`ring ${stage}`}>
      <div class="layer">
        <span class="p">
          <b>{policy}</b> <span>{durations(settings)}</span>
        </span>
        <span class="r">
          {isCircuit && <Circuit state={level === 'bad' ? 'open' : 'half-open'}>{now}</Circuit>}
          {!isCircuit && now !== '' && <span class={level === 'ok' ? 'muted' : level}>{now}</span>}
          <By who={by} />
        </span>
      </div>
      {inside}
    </div>
  )
}
