package redissession

import (
	"errors"
	"strconv"
)

// ErrReply is the error for a reply that the command cannot have. No Redis server sends
// such a reply.
var ErrReply = errors.New("reply of an unexpected type")

// WantOK returns err, or [ErrReply] if the reply is another one than OK.
func WantOK(reply any, err error) error {
	if err == nil && reply != "OK" {
		err = ErrReply
	}
	return err
}

// WantInt returns err, or [ErrReply] if the reply is no integer.
func WantInt(reply any, err error) error {
	if _, ok := reply.(int64); err == nil && !ok {
		err = ErrReply
	}
	return err
}

// text returns a reply that is a string.
func text(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	}
	return "", ErrReply
}

// bytesOrNil returns the bytes of a reply that is a string, or nil if the reply is nil.
// The bytes of an empty string are not nil.
func bytesOrNil(value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		return []byte(v), nil
	case []byte:
		if v == nil {
			v = []byte{}
		}
		return v, nil
	}
	return nil, ErrReply
}

// array returns the elements of a reply that is an array of n elements. A negative n
// means any number.
func array(value any, n int) ([]any, error) {
	elements, ok := value.([]any)
	if !ok || n >= 0 && len(elements) != n {
		return nil, ErrReply
	}
	return elements, nil
}

// texts returns the elements of a reply that is an array of strings.
func texts(value any) ([]string, error) {
	elements, err := array(value, -1)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(elements))
	for i, element := range elements {
		if texts[i], err = text(element); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// scanned returns the keys and the next cursor in a reply to SCAN.
func scanned(value any) (keys []string, next string, err error) {
	fields, err := array(value, 2)
	if err != nil {
		return nil, "", err
	}
	if next, err = text(fields[0]); err != nil {
		return nil, "", err
	}
	if _, err := strconv.ParseUint(next, 10, 64); err != nil {
		return nil, "", ErrReply
	}
	keys, err = texts(fields[1])
	return keys, next, err
}
