import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Notice, Tree } from '../src/console/views.js'
import { num } from './format.js'
import { Glyph } from './marks.js'
import { hrefOf, type Route } from './route.js'

/** Methods up to which every service is open. */
const mostOpen = 40
/** Methods of a service that are listed. The search has them all. */
const mostListed = 100

interface Props {
  readonly route: Route
  readonly tree: Tree
  readonly attention: readonly Notice[]
  search(): void
}

/** Every method by service, with a mark where one needs a look. If there are many, a service opens when it is asked for. */
export function MethodTree({ route, tree, attention, search }: Props) {
  const services = useMemo(() => [...Map.groupBy(tree, ({ name, side }) => `${side} ${name.split('/')[0]}`)], [tree])
  const marked = attention.flatMap(({ method }) => method ?? []).join(' ')
  const here = route.page === 'method' ? `${route.side} ${route.name}` : ''
  // Not drawn again each second: there may be hundreds of lines.
  return useMemo(
    () => (
      <nav class="tree" aria-label="Methods">
        {services.map(([service, methods]) => (
          <Service
            key={service}
            methods={methods}
            here={here}
            marked={marked.split(' ')}
            isShort={tree.length <= mostOpen}
            search={search}
          />
        ))}
      </nav>
    ),
    [services, marked, here],
  )
}

interface ServiceProps {
  readonly methods: Tree
  /** Side and name of the method that is shown. */
  readonly here: string
  readonly marked: readonly string[]
  readonly isShort: boolean
  search(): void
}

function Service({ methods, here, marked, isShort, search }: ServiceProps) {
  const [first] = methods
  const isHere = methods.some(({ name, side }) => here === `${side} ${name}` || here === `undefined ${name}`)
  const [isOpen, setOpen] = useState(isShort)
  useEffect(() => {
    if (isHere || isShort) setOpen(true)
  }, [isHere, isShort])
  if (first === undefined) return null
  const needsLook = methods.some(({ name }) => marked.includes(name))
  const service = first.name.split('/')[0]
  return (
    <div>
      {isShort ? (
        <h2>{service}</h2>
      ) : (
        <h2>
          <button class="link" type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            <span class="fold" aria-hidden="true" /> {service} <span class="u">{num(methods.length)}</span>
            {needsLook && !isOpen && <Flag />}
          </button>
        </h2>
      )}
      {isOpen &&
        methods.slice(0, mostListed).map(({ name, side }) => (
          <a
            key={name}
            href={hrefOf('method', name, { side })}
            aria-current={here === `${side} ${name}` || here === `undefined ${name}` ? 'page' : undefined}
          >
            {name.split('/')[1]}
            {marked.includes(name) && <Flag />}
          </a>
        ))}
      {isOpen && methods.length > mostListed && (
        <button class="link more" type="button" onClick={search}>
          Search {num(methods.length - mostListed)} more
        </button>
      )}
    </div>
  )
}

function Flag() {
  return (
    <span class="flag warn">
      <Glyph />
      <span class="vh">needs a look</span>
    </span>
  )
}
