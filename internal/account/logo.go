package account

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // what may be uploaded
	"image/png"

	"guichet/internal/invalid"
)

// How large a logo may be: in pixels, and in bytes as it is stored.
const (
	maxLogoWidth  = 1200
	maxLogoHeight = 600
	maxLogoBytes  = 512 << 10
)

// SetLogo stores an agency's logo, or none. The picture is drawn anew: nothing
// that was hidden in the file stays. Errors: ErrForbidden, ErrNotFound,
// *invalid.Error.
func (s *Service) SetLogo(ctx context.Context, a Actor, code string, file []byte) error {
	agency, _, err := s.Agency(ctx, a, code)
	if err != nil {
		return err
	}
	var logo []byte
	if len(file) > 0 {
		if logo = redrawn(file); logo == nil {
			return invalid.Field("logo", "agency.logo.bad")
		}
	}
	e := a.AuditEntry(DidChangeLogo)
	e.AgencyID, e.After = agency.ID, agency.Code
	err = s.store.InTx(ctx, func(tx Tx) error {
		if err := tx.SetLogo(ctx, agency.ID, logo); err != nil {
			return err
		}
		return tx.Audit(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store a logo: %w", err)
	}
	return nil
}

// Logo returns an agency's logo as PNG; nil without one.
func (s *Service) Logo(ctx context.Context, agencyID int64) ([]byte, error) {
	logo, err := s.store.Logo(ctx, agencyID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("load a logo: %w", err)
	}
	return logo, nil
}

// redrawn returns the picture as PNG; nil when it is none, or too large. Its
// size is looked at before its pixels are.
func redrawn(file []byte) []byte {
	size, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || size.Width < 1 || size.Height < 1 || size.Width > maxLogoWidth || size.Height > maxLogoHeight {
		return nil
	}
	picture, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil || out.Len() > maxLogoBytes {
		return nil
	}
	return out.Bytes()
}
