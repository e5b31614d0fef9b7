/** What `livery doctor` says of Xen where a qube is a domain, over a double of its libraries. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkXenUse } from '../../../src/cli/doctor/xen.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { XenDouble } from '../../rig/xen/xen-double.ts';

const XEN = parseConfig('[qube.work]\nlabel = "blue"\nbackend = "xen"\n', 'l.toml');

let double: XenDouble;
beforeEach(() => {
  double = new XenDouble();
});
afterEach(() => double[Symbol.dispose]());

it('is nothing where no qube is a domain', () => {
  expect(checkXenUse(undefined)).toEqual([]);
  expect(checkXenUse(parseConfig('[qube.work]\nlabel = "blue"\n', 'l.toml'))).toEqual([]);
});

it('is well where all of it is there', () => {
  expect(checkXenUse(XEN, double.libraries)).toMatchObject([{ check: 'xen', state: 'ok' }]);
});

it('names the library that is absent, and the packages', () => {
  expect(checkXenUse(XEN, '/nowhere')).toMatchObject([
    {
      state: 'warning',
      text: expect.stringMatching(/^work cannot be shown: .*libxengnttab\.so\.1/),
      fix: expect.stringContaining('libxengnttab1 libxenevtchn1 libxenstore4'),
    },
  ]);
});

it('names the device that is absent, and the module', () => {
  process.env.XEN_DOUBLE = '/nowhere';
  expect(checkXenUse(XEN, double.libraries)).toMatchObject([
    {
      state: 'warning',
      text: expect.stringContaining('/dev/xen/evtchn'),
      fix: expect.stringContaining('modprobe -a xen-gntdev xen-evtchn'),
    },
  ]);
});
