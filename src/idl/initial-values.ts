import type { Class } from '../schema/type.js'
import { formed, type InitialForm, isJson } from './initial.js'
import type { EnumModel, InitialModel, MessageModel, OneOfModel, TypeModel } from './model.js'

/** What defaults and constants refer to, each by its full name. */
interface Declared {
  readonly models: ReadonlyMap<string, MessageModel>
  readonly enumModels: ReadonlyMap<string, EnumModel>
  /** The classes of the models. */
  readonly messages: ReadonlyMap<string, Class>
}

/** Makes the values of defaults and constants, new ones each time. */
export class InitialValues {
  private readonly form: InitialForm<unknown>

  constructor(private readonly declared: Declared) {
    const { enumModels, messages } = declared
    this.form = {
      single: value => (isJson(value) ? structuredClone(value.json) : value instanceof Date ? new Date(value) : value),
      member: (name, member) => enumModels.get(name)?.members.find(one => one.name === member)?.number,
      list: elements => elements,
      set: elements => new Set(elements),
      map: entries => new Map(entries),
      message: (name, values) => {
        const Type = messages.get(name) as unknown as new () => object
        return Object.assign(new Type(), Object.fromEntries(values))
      },
      choice: (name, value) => ({ case: name, value }),
    }
  }

  of(value: InitialModel, type: TypeModel): unknown {
    return formed(value, type, this.form, name => this.declared.models.get(name))
  }

  /** The value of a oneOf. */
  chosen({ cases }: OneOfModel, { case: name, value }: NonNullable<OneOfModel['initial']>): unknown {
    const type = cases.find(one => one.name === name)?.type
    return { case: name, value: type && this.of(value, type) }
  }
}
