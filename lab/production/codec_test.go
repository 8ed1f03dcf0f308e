package production

import (
	"bytes"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

func TestCodec(t *testing.T) {
	codec := func(keys ...byte) Codec {
		c := Codec{Codec: scs.GobCodec{}}
		for _, b := range keys {
			key, err := NewKey(bytes.Repeat([]byte{b}, 32))
			if err != nil {
				t.Fatal(err)
			}
			c.Keys = append(c.Keys, key)
		}
		return c
	}
	deadline := time.Now().Add(time.Hour)
	encode := func(c scs.Codec) []byte {
		b, _ := c.Encode(deadline, map[string]any{"user": "anna"}) // an error makes Decode fail
		return b
	}
	want := func(name string, c Codec, b []byte, want error) {
		t.Helper()
		got, values, err := c.Decode(b)
		if err != want || err == nil && (!got.Equal(deadline) || values["user"] != "anna") {
			t.Errorf("%s: Decode = %v, %v, %v; want %v", name, got, values, err, want)
		}
	}
	byOld, byNew := encode(codec('o', 'n')), encode(codec('n', 'o'))
	want("old key first, old data", codec('o', 'n'), byOld, nil)
	want("old key first, new data", codec('o', 'n'), byNew, nil)
	want("new key first, old data", codec('n', 'o'), byOld, nil)
	want("new key first, new data", codec('n', 'o'), byNew, nil)
	want("new key alone, old data", codec('n'), byOld, ErrUndecipherable)
	want("new key alone, new data", codec('n'), byNew, nil)
	want("no encryption", codec('n'), encode(scs.GobCodec{}), ErrUndecipherable)
	for i := range byNew {
		changed := bytes.Clone(byNew)
		changed[i] ^= 1
		want("one bit changed", codec('n'), changed, ErrUndecipherable)
		want("cut off", codec('n'), byNew[:i], ErrUndecipherable)
	}
	if bytes.Contains(byNew, []byte("anna")) || bytes.Equal(byNew, encode(codec('n'))) {
		t.Error("Encode leaves a value readable, or has the same result twice")
	}
}
