/** RAM as a field of squares that glow where the guest wrote lately, from the dirty log. */

import { formatBytes } from '@armvisor/stage2'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { vm } from '../app-state.ts'
import type { AddressRange } from '../vm/protocol.ts'

const columns = 128
const rows = 32
/** What is left of a glow after each look at the log. */
const decay = 0.85

export function HeatMap({ ram, pageBytes }: { ram: AddressRange; pageBytes: number }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null)
  const pages = ram.sizeBytes / pageBytes
  const perSquare = Math.max(1, pages / (columns * rows))
  useEffect(() => {
    const heat = new Float32Array(columns * rows)
    return vm.status.subscribe((status) => {
      for (let i = 0; i < heat.length; i++) heat[i] = (heat[i] as number) * decay
      for (const page of status?.dirty ?? []) {
        const square = Math.floor(page / perSquare)
        if (square < heat.length) heat[square] = Math.min(1, (heat[square] as number) + 1 / Math.min(8, perSquare))
      }
      draw(canvas.current, heat)
    })
  }, [perSquare])
  return (
    <figure class="heat">
      <figcaption>
        Pages written lately, RAM from left to right and top to bottom; a square is {formatBytes(perSquare * pageBytes)}
      </figcaption>
      <canvas ref={canvas} width={columns} height={rows} role="img" aria-label="Heat map of the guest's writes" />
    </figure>
  )
}

function draw(canvas: HTMLCanvasElement | null, heat: Float32Array): void {
  const context = canvas?.getContext('2d')
  if (!canvas || !context) return
  const image = context.createImageData(canvas.width, canvas.height)
  heat.forEach((value, i) => {
    // From the ground through red to yellow.
    image.data.set([40 + 215 * value, 40 + 180 * Math.max(0, value * 2 - 1), 60 * (1 - value), 255], i * 4)
  })
  context.putImageData(image, 0, 0)
}
