/** The initramfs around a busybox that is only as real as the builder looks. */
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decodeCpio, S_IFCHR, S_IFREG } from './cpio.mjs'
import { buildInitramfs, exitParameter, initMarker, readAppletNames, shellPrompt } from './initramfs.mjs'
import { fakeBusybox, fakeBusyboxApplets } from './testing.ts'

const entries = new Map(decodeCpio(gunzipSync(buildInitramfs(fakeBusybox()))).map((entry) => [entry.name, entry]))
const text = (name: string) => entries.get(name)?.data?.toString() ?? ''

describe('buildInitramfs', () => {
  test('behavior: equal input gives equal bytes', () => {
    expect(buildInitramfs(fakeBusybox()).equals(buildInitramfs(fakeBusybox()))).toBe(true)
  })

  test('behavior: folders come before what they hold', () => {
    const names = [...entries.keys()]
    for (const [index, name] of names.entries())
      if (name.includes('/')) expect(names.slice(0, index)).toContain(name.slice(0, name.lastIndexOf('/')))
  })

  test('behavior: the kernel finds a console and an executable init', () => {
    expect(entries.get('dev/console')).toMatchObject({ mode: S_IFCHR | 0o600, device: [5, 1] })
    expect(entries.get('init')?.mode).toBe(S_IFREG | 0o755)
    expect(entries.get('bin/busybox')?.mode).toBe(S_IFREG | 0o755)
  })

  test('behavior: init prints the marker before it does anything else', () => {
    expect(text('init').split('\n').slice(0, 2)).toEqual(['#!/bin/busybox sh', `echo '${initMarker}'`])
    expect(text('init')).toContain(exitParameter)
  })

  test('behavior: every applet is a link to busybox, and busybox is not', () => {
    for (const name of fakeBusyboxApplets.filter((applet) => applet !== 'busybox'))
      expect(text(`bin/${name}`)).toBe('busybox')
    expect(text('bin/busybox')).toContain('ELF')
  })

  test('behavior: the prompt that is advertised is the one of the profile', () => {
    expect(text('etc/profile')).toContain(`PS1='${shellPrompt.replace('~', '\\w')}'`)
  })

  test('error: another machine’s executable', () => {
    const other = fakeBusybox()
    other.writeUInt16LE(62, 18)
    expect(() => buildInitramfs(other)).toThrow('busybox is not an AArch64 executable')
    expect(() => buildInitramfs(Buffer.from('#!/bin/sh'))).toThrow('busybox is not an AArch64 executable')
  })
})

describe('readAppletNames', () => {
  test('default', () => {
    expect(readAppletNames(fakeBusybox())).toEqual(fakeBusyboxApplets)
  })

  test('error: an applet that init needs is not there', () => {
    expect(() => readAppletNames(fakeBusybox(['[', '[[', 'cat', 'sh']))).toThrow('busybox has no applet cttyhack')
    expect(() => readAppletNames(Buffer.alloc(100))).toThrow('busybox has no applet cat')
  })
})
