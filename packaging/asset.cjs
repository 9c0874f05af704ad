// What lies in the executable beside its main script.
'use strict'

/** The bytes of an asset; undefined where there is none. */
exports.asset = (name) => {
  const { getAssetKeys, getRawAsset } = require('node:sea')
  return getAssetKeys().includes(name) ? Buffer.from(getRawAsset(name)) : undefined
}
