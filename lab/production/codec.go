// Package production has the code and the tests of docs/production.md.
package production

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Codec encrypts what another codec encodes.
type Codec struct {
	scs.Codec
	Keys []cipher.AEAD // the first key encrypts, all keys decrypt
}

// ErrUndecipherable is Decode's error for data that none of the keys has encrypted, or that somebody has changed.
var ErrUndecipherable = errors.New("production: no key decrypts the session")

// purpose is authenticated data: Decode refuses what a key has encrypted for another purpose.
var purpose = []byte("example.com session v1")

// NewKey returns a key for AES-256-GCM from 32 random bytes.
func NewKey(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (c Codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	b, err := c.Codec.Encode(deadline, values)
	if err != nil {
		return nil, err
	}
	return c.Keys[0].Seal(nil, nil, b, purpose), nil
}

func (c Codec) Decode(b []byte) (time.Time, map[string]any, error) {
	for _, key := range c.Keys {
		if plain, err := key.Open(nil, nil, b, purpose); err == nil {
			return c.Codec.Decode(plain)
		}
	}
	return time.Time{}, nil, ErrUndecipherable
}
