import {
  bytes,
  Code,
  currentCall,
  Field,
  Http,
  int32,
  int64,
  Message,
  Method,
  RpcError,
  Safe,
  Service,
  streamOf,
  string,
} from 'polywire'

@Message('photos.Photo')
export class Photo {
  @Field(1, int64) id = 0n
  @Field(2, string) title = ''
}

@Message('photos.PhotoKey')
export class PhotoKey {
  @Field(1, int64) id = 0n
}

@Message('photos.NewPhoto')
export class NewPhoto {
  @Field(1, Photo) photo: Photo = new Photo()
}

@Message('photos.Search')
export class Search {
  @Field(1, string) title = ''
}

@Message('photos.Picture')
export class Picture {
  @Field(1, int64) id = 0n
  @Field(2, bytes) image: Uint8Array = new Uint8Array()
}

@Message('photos.Stored')
export class Stored {
  @Field(1, int32) size = 0
  @Field(2, string) type = ''
}

/** Photos in memory. Each method is called by its route and as an RPC. */
@Service('photos.Photos')
export class Photos {
  private readonly photos = new Map<bigint, Photo>()
  private readonly pictures = new Map<bigint, Uint8Array>()

  @Method({ accepts: NewPhoto, returns: Photo })
  @Http('POST /v1/photos', { body: 'photo', location: '/v1/photos/{id}' })
  async create({ photo }: NewPhoto): Promise<Photo> {
    const created = { ...photo, id: BigInt(this.photos.size + 1) }
    this.photos.set(created.id, created)
    return created
  }

  @Method({ accepts: PhotoKey, returns: Photo })
  @Safe()
  @Http('GET /v1/photos/{id}')
  async get({ id }: PhotoKey): Promise<Photo> {
    const photo = this.photos.get(id)
    if (photo === undefined) throw new RpcError(`there is no photo ${id}`, Code.not_found)
    return photo
  }

  /** JSON lines, or server-sent events for a client that accepts them. */
  @Method({ accepts: Search, returns: streamOf(Photo) })
  @Safe()
  @Http('GET /v1/photos')
  async *search({ title }: Search): AsyncIterable<Photo> {
    for (const photo of this.photos.values()) if (photo.title.includes(title)) yield photo
  }

  @Method({ accepts: Picture, returns: Stored })
  @Http('PUT /v1/photos/{id}/picture', { consumes: 'image/*', body: 'image' })
  async upload({ id, image }: Picture): Promise<Stored> {
    const type = currentCall().headers.get('content-type') ?? ''
    await this.get({ id })
    this.pictures.set(id, image)
    return { size: image.byteLength, type }
  }

  @Method({ accepts: PhotoKey, returns: bytes })
  @Safe()
  @Http('GET /v1/photos/{id}/picture', { produces: 'image/png' })
  async download({ id }: PhotoKey): Promise<Uint8Array> {
    const picture = this.pictures.get(id)
    if (picture === undefined) throw new RpcError(`photo ${id} has no picture`, Code.not_found)
    return picture
  }
}
