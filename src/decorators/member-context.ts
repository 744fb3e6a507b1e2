/** The context of a standard decorator of a member that is neither static nor private. */
export interface InstanceMember<Kind> {
  /** `field` or `method`. */
  readonly kind: Kind
  /** Always false. */
  readonly static: false
  /** Always false. */
  readonly private: false
}

/** The context of a field with this name. */
export interface FieldNamed<K> extends InstanceMember<'field'> {
  /** Its name. */
  readonly name: K
}

/** The context of a field whose values are `T`. */
export interface FieldContext<T> extends InstanceMember<'field'> {
  /** How the field is read. */
  readonly access: {
    /** Returns its value. */
    get(object: never): T
  }
}
